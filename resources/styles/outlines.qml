<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.16-Białowieża" styleCategories="Symbology|Fields|Forms">
  <renderer-v2 type="singleSymbol" referencescale="-1" enableorderby="0" forceraster="0" symbollevels="0">
    <symbols>
      <symbol type="fill" force_rhr="0" clip_to_extent="1" alpha="1" name="0">
        <data_defined_properties>
          <Option type="Map">
            <Option type="QString" name="name" value=""/>
            <Option name="properties"/>
            <Option type="QString" name="type" value="collection"/>
          </Option>
        </data_defined_properties>
        <layer class="SimpleFill" enabled="1" locked="0" pass="0">
          <Option type="Map">
            <Option type="QString" name="border_width_map_unit_scale" value="3x:0,0,0,0,0,0"/>
            <Option type="QString" name="color" value="0,0,0,0"/>
            <Option type="QString" name="joinstyle" value="round"/>
            <Option type="QString" name="offset" value="0,0"/>
            <Option type="QString" name="offset_map_unit_scale" value="3x:0,0,0,0,0,0"/>
            <Option type="QString" name="offset_unit" value="MM"/>
            <Option type="QString" name="outline_color" value="255,230,0,255"/>
            <Option type="QString" name="outline_style" value="solid"/>
            <Option type="QString" name="outline_width" value="0.5"/>
            <Option type="QString" name="outline_width_unit" value="MM"/>
            <Option type="QString" name="style" value="no"/>
          </Option>
          <prop k="border_width_map_unit_scale" v="3x:0,0,0,0,0,0"/>
          <prop k="color" v="0,0,0,0"/>
          <prop k="joinstyle" v="round"/>
          <prop k="offset" v="0,0"/>
          <prop k="offset_map_unit_scale" v="3x:0,0,0,0,0,0"/>
          <prop k="offset_unit" v="MM"/>
          <prop k="outline_color" v="255,230,0,255"/>
          <prop k="outline_style" v="solid"/>
          <prop k="outline_width" v="0.5"/>
          <prop k="outline_width_unit" v="MM"/>
          <prop k="style" v="no"/>
          <data_defined_properties>
            <Option type="Map">
              <Option type="QString" name="name" value=""/>
              <Option name="properties"/>
              <Option type="QString" name="type" value="collection"/>
            </Option>
          </data_defined_properties>
        </layer>
      </symbol>
    </symbols>
    <rotation/>
    <sizescale/>
  </renderer-v2>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <fieldConfiguration>
    <field name="im_id" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="o1region" configurationFlags="None">
      <editWidget type="ValueMap">
        <config>
          <Option type="Map">
            <Option type="List" name="map">
              <Option type="Map">
                <Option type="QString" name="not assigned" value=""/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="01 Alaska" value="01"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="02 Western Canada and USA" value="02"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="03 Arctic Canada North" value="03"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="04 Arctic Canada South" value="04"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="05 Greenland Periphery" value="05"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="06 Iceland" value="06"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="07 Svalbard and Jan Mayen" value="07"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="08 Scandinavia" value="08"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="09 Russian Arctic" value="09"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="10 North Asia" value="10"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="11 Central Europe" value="11"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="12 Caucasus and Middle East" value="12"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="13 Central Asia" value="13"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="14 South Asia West" value="14"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="15 South Asia East" value="15"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="16 Low Latitudes" value="16"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="17 Southern Andes" value="17"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="18 New Zealand" value="18"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="19 Subantarctic and Antarctic Islands" value="19"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="20 Antarctic Mainland" value="20"/>
              </Option>
            </Option>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="o2region" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="src_date" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="cenlon" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="5"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="cenlat" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="5"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="utm_zone" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="area_km2" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="4"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="primeclass" configurationFlags="None">
      <editWidget type="ValueMap">
        <config>
          <Option type="Map">
            <Option type="List" name="map">
              <Option type="Map">
                <Option type="QString" name="not assigned" value="-999"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="miscellaneous" value="0"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="continental ice sheet" value="1"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="icefield" value="2"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="ice cap" value="3"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="outlet glacier" value="4"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="valley glacier" value="5"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="mountain glacier" value="6"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="glacieret or snowfield" value="7"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="ice shelf" value="8"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="rock glacier" value="9"/>
              </Option>
            </Option>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="conn_lvl" configurationFlags="None">
      <editWidget type="ValueMap">
        <config>
          <Option type="Map">
            <Option type="List" name="map">
              <Option type="Map">
                <Option type="QString" name="not assigned" value="-999"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="no connection" value="0"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="weak connection" value="1"/>
              </Option>
            </Option>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="surge_type" configurationFlags="None">
      <editWidget type="ValueMap">
        <config>
          <Option type="Map">
            <Option type="List" name="map">
              <Option type="Map">
                <Option type="QString" name="not assigned" value="9"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="no evidence" value="0"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="possible" value="1"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="probable" value="2"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="observed" value="3"/>
              </Option>
            </Option>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="term_type" configurationFlags="None">
      <editWidget type="ValueMap">
        <config>
          <Option type="Map">
            <Option type="List" name="map">
              <Option type="Map">
                <Option type="QString" name="not assigned" value="9"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="land" value="0"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="marine" value="1"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="lake" value="2"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="ice shelf" value="3"/>
              </Option>
            </Option>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="glac_name" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="termlon" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="5"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="termlat" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="5"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="zmin_m" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="0"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="zmax_m" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="0"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="zmed_m" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="0"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="zmean_m" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="0"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="slope_deg" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="1"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="aspect_deg" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="0"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="aspect_sec" configurationFlags="None">
      <editWidget type="ValueMap">
        <config>
          <Option type="Map">
            <Option type="List" name="map">
              <Option type="Map">
                <Option type="QString" name="not assigned" value="9"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="north" value="1"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="north-east" value="2"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="east" value="3"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="south-east" value="4"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="south" value="5"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="south-west" value="6"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="west" value="7"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="north-west" value="8"/>
              </Option>
            </Option>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="dem_source" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="lmax_m" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="src_id" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="sensor" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="analyst" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="method" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="model" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="conf_mean" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="3"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="unc_area_km2" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="4"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="area_lo_km2" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="4"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="area_hi_km2" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="4"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="status" configurationFlags="None">
      <editWidget type="ValueMap">
        <config>
          <Option type="Map">
            <Option type="List" name="map">
              <Option type="Map">
                <Option type="QString" name="to review" value="to review"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="accepted" value="accepted"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="edited" value="edited"/>
              </Option>
              <Option type="Map">
                <Option type="QString" name="rejected" value="rejected"/>
              </Option>
            </Option>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="reason" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="note" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="true"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="edited_at" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="area_sigma_km2" configurationFlags="None">
      <editWidget type="Range">
        <config>
          <Option type="Map">
            <Option type="bool" name="AllowNull" value="true"/>
            <Option type="double" name="Max" value="1e+06"/>
            <Option type="double" name="Min" value="-1e+06"/>
            <Option type="int" name="Precision" value="4"/>
            <Option type="double" name="Step" value="1"/>
            <Option type="QString" name="Style" value="SpinBox"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="area_unc" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="region_src" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="attr_key" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="attr_state" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="divides" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="parent_id" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="ice_cap" configurationFlags="None">
      <editWidget type="CheckBox">
        <config>
          <Option type="Map">
            <Option type="QString" name="CheckedState" value="1"/>
            <Option type="QString" name="UncheckedState" value="0"/>
          </Option>
        </config>
      </editWidget>
    </field>
    <field name="checked_by" configurationFlags="None">
      <editWidget type="TextEdit">
        <config>
          <Option type="Map">
            <Option type="bool" name="IsMultiline" value="false"/>
            <Option type="bool" name="UseHtml" value="false"/>
          </Option>
        </config>
      </editWidget>
    </field>
  </fieldConfiguration>
  <aliases>
    <alias name="Id" field="im_id" index="0"/>
    <alias name="Region" field="o1region" index="1"/>
    <alias name="Second-order region" field="o2region" index="2"/>
    <alias name="Date" field="src_date" index="3"/>
    <alias name="Longitude" field="cenlon" index="4"/>
    <alias name="Latitude" field="cenlat" index="5"/>
    <alias name="UTM zone" field="utm_zone" index="6"/>
    <alias name="Area (km²)" field="area_km2" index="7"/>
    <alias name="Class" field="primeclass" index="8"/>
    <alias name="Connection to the ice sheet" field="conn_lvl" index="9"/>
    <alias name="Surges" field="surge_type" index="10"/>
    <alias name="Terminus" field="term_type" index="11"/>
    <alias name="Name" field="glac_name" index="12"/>
    <alias name="Terminus, longitude" field="termlon" index="13"/>
    <alias name="Terminus, latitude" field="termlat" index="14"/>
    <alias name="Lowest (m)" field="zmin_m" index="15"/>
    <alias name="Highest (m)" field="zmax_m" index="16"/>
    <alias name="Median (m)" field="zmed_m" index="17"/>
    <alias name="Mean (m)" field="zmean_m" index="18"/>
    <alias name="Slope (°)" field="slope_deg" index="19"/>
    <alias name="Aspect (°)" field="aspect_deg" index="20"/>
    <alias name="Sector" field="aspect_sec" index="21"/>
    <alias name="Elevation from" field="dem_source" index="22"/>
    <alias name="Length (m)" field="lmax_m" index="23"/>
    <alias name="Scene" field="src_id" index="24"/>
    <alias name="Sensor" field="sensor" index="25"/>
    <alias name="Analyst" field="analyst" index="26"/>
    <alias name="Method" field="method" index="27"/>
    <alias name="Model" field="model" index="28"/>
    <alias name="Mean confidence" field="conf_mean" index="29"/>
    <alias name="Uncertain area (km²)" field="unc_area_km2" index="30"/>
    <alias name="At least (km²)" field="area_lo_km2" index="31"/>
    <alias name="At most (km²)" field="area_hi_km2" index="32"/>
    <alias name="Status" field="status" index="33"/>
    <alias name="Reason" field="reason" index="34"/>
    <alias name="Note" field="note" index="35"/>
    <alias name="Edited at" field="edited_at" index="36"/>
    <alias name="Sigma of the buffer (km²)" field="area_sigma_km2" index="37"/>
    <alias name="Interval from" field="area_unc" index="38"/>
    <alias name="Region from" field="region_src" index="39"/>
    <alias name="Measured on" field="attr_key" index="40"/>
    <alias name="Attributes are" field="attr_state" index="41"/>
    <alias name="Divides from" field="divides" index="42"/>
    <alias name="Part of" field="parent_id" index="43"/>
    <alias name="Ice cap" field="ice_cap" index="44"/>
    <alias name="Checked by" field="checked_by" index="45"/>
  </aliases>
  <defaults>
    <default expression="" field="im_id" applyOnUpdate="0"/>
    <default expression="" field="o1region" applyOnUpdate="0"/>
    <default expression="" field="o2region" applyOnUpdate="0"/>
    <default expression="" field="src_date" applyOnUpdate="0"/>
    <default expression="" field="cenlon" applyOnUpdate="0"/>
    <default expression="" field="cenlat" applyOnUpdate="0"/>
    <default expression="" field="utm_zone" applyOnUpdate="0"/>
    <default expression="" field="area_km2" applyOnUpdate="0"/>
    <default expression="" field="primeclass" applyOnUpdate="0"/>
    <default expression="" field="conn_lvl" applyOnUpdate="0"/>
    <default expression="" field="surge_type" applyOnUpdate="0"/>
    <default expression="" field="term_type" applyOnUpdate="0"/>
    <default expression="" field="glac_name" applyOnUpdate="0"/>
    <default expression="" field="termlon" applyOnUpdate="0"/>
    <default expression="" field="termlat" applyOnUpdate="0"/>
    <default expression="" field="zmin_m" applyOnUpdate="0"/>
    <default expression="" field="zmax_m" applyOnUpdate="0"/>
    <default expression="" field="zmed_m" applyOnUpdate="0"/>
    <default expression="" field="zmean_m" applyOnUpdate="0"/>
    <default expression="" field="slope_deg" applyOnUpdate="0"/>
    <default expression="" field="aspect_deg" applyOnUpdate="0"/>
    <default expression="" field="aspect_sec" applyOnUpdate="0"/>
    <default expression="" field="dem_source" applyOnUpdate="0"/>
    <default expression="" field="lmax_m" applyOnUpdate="0"/>
    <default expression="" field="src_id" applyOnUpdate="0"/>
    <default expression="" field="sensor" applyOnUpdate="0"/>
    <default expression="" field="analyst" applyOnUpdate="0"/>
    <default expression="" field="method" applyOnUpdate="0"/>
    <default expression="" field="model" applyOnUpdate="0"/>
    <default expression="" field="conf_mean" applyOnUpdate="0"/>
    <default expression="" field="unc_area_km2" applyOnUpdate="0"/>
    <default expression="" field="area_lo_km2" applyOnUpdate="0"/>
    <default expression="" field="area_hi_km2" applyOnUpdate="0"/>
    <default expression="" field="status" applyOnUpdate="0"/>
    <default expression="" field="reason" applyOnUpdate="0"/>
    <default expression="" field="note" applyOnUpdate="0"/>
    <default expression="" field="edited_at" applyOnUpdate="0"/>
    <default expression="" field="area_sigma_km2" applyOnUpdate="0"/>
    <default expression="" field="area_unc" applyOnUpdate="0"/>
    <default expression="" field="region_src" applyOnUpdate="0"/>
    <default expression="" field="attr_key" applyOnUpdate="0"/>
    <default expression="" field="attr_state" applyOnUpdate="0"/>
    <default expression="" field="divides" applyOnUpdate="0"/>
    <default expression="" field="parent_id" applyOnUpdate="0"/>
    <default expression="" field="ice_cap" applyOnUpdate="0"/>
    <default expression="" field="checked_by" applyOnUpdate="0"/>
  </defaults>
  <constraints>
    <constraint unique_strength="0" exp_strength="0" field="im_id" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="o1region" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="o2region" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="src_date" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="cenlon" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="cenlat" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="utm_zone" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="area_km2" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="primeclass" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="conn_lvl" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="surge_type" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="term_type" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="glac_name" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="termlon" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="termlat" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="zmin_m" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="zmax_m" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="zmed_m" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="zmean_m" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="slope_deg" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="aspect_deg" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="aspect_sec" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="dem_source" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="lmax_m" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="src_id" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="sensor" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="analyst" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="method" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="model" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="conf_mean" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="unc_area_km2" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="area_lo_km2" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="area_hi_km2" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="status" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="reason" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="note" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="edited_at" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="area_sigma_km2" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="area_unc" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="region_src" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="attr_key" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="attr_state" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="divides" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="parent_id" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="ice_cap" notnull_strength="0" constraints="0"/>
    <constraint unique_strength="0" exp_strength="0" field="checked_by" notnull_strength="0" constraints="0"/>
  </constraints>
  <constraintExpressions>
    <constraint desc="" field="im_id" exp=""/>
    <constraint desc="" field="o1region" exp=""/>
    <constraint desc="" field="o2region" exp=""/>
    <constraint desc="" field="src_date" exp=""/>
    <constraint desc="" field="cenlon" exp=""/>
    <constraint desc="" field="cenlat" exp=""/>
    <constraint desc="" field="utm_zone" exp=""/>
    <constraint desc="" field="area_km2" exp=""/>
    <constraint desc="" field="primeclass" exp=""/>
    <constraint desc="" field="conn_lvl" exp=""/>
    <constraint desc="" field="surge_type" exp=""/>
    <constraint desc="" field="term_type" exp=""/>
    <constraint desc="" field="glac_name" exp=""/>
    <constraint desc="" field="termlon" exp=""/>
    <constraint desc="" field="termlat" exp=""/>
    <constraint desc="" field="zmin_m" exp=""/>
    <constraint desc="" field="zmax_m" exp=""/>
    <constraint desc="" field="zmed_m" exp=""/>
    <constraint desc="" field="zmean_m" exp=""/>
    <constraint desc="" field="slope_deg" exp=""/>
    <constraint desc="" field="aspect_deg" exp=""/>
    <constraint desc="" field="aspect_sec" exp=""/>
    <constraint desc="" field="dem_source" exp=""/>
    <constraint desc="" field="lmax_m" exp=""/>
    <constraint desc="" field="src_id" exp=""/>
    <constraint desc="" field="sensor" exp=""/>
    <constraint desc="" field="analyst" exp=""/>
    <constraint desc="" field="method" exp=""/>
    <constraint desc="" field="model" exp=""/>
    <constraint desc="" field="conf_mean" exp=""/>
    <constraint desc="" field="unc_area_km2" exp=""/>
    <constraint desc="" field="area_lo_km2" exp=""/>
    <constraint desc="" field="area_hi_km2" exp=""/>
    <constraint desc="" field="status" exp=""/>
    <constraint desc="" field="reason" exp=""/>
    <constraint desc="" field="note" exp=""/>
    <constraint desc="" field="edited_at" exp=""/>
    <constraint desc="" field="area_sigma_km2" exp=""/>
    <constraint desc="" field="area_unc" exp=""/>
    <constraint desc="" field="region_src" exp=""/>
    <constraint desc="" field="attr_key" exp=""/>
    <constraint desc="" field="attr_state" exp=""/>
    <constraint desc="" field="divides" exp=""/>
    <constraint desc="" field="parent_id" exp=""/>
    <constraint desc="" field="ice_cap" exp=""/>
    <constraint desc="" field="checked_by" exp=""/>
  </constraintExpressions>
  <expressionfields/>
  <editform tolerant="1"></editform>
  <editforminit/>
  <editforminitcodesource>0</editforminitcodesource>
  <editforminitfilepath></editforminitfilepath>
  <editforminitcode><![CDATA[]]></editforminitcode>
  <featformsuppress>0</featformsuppress>
  <editorlayout>tablayout</editorlayout>
  <attributeEditorForm>
    <attributeEditorContainer groupBox="0" visibilityExpressionEnabled="0" name="Glacier" visibilityExpression="" showLabel="1" columnCount="1">
      <attributeEditorField name="im_id" showLabel="1" index="0"/>
      <attributeEditorField name="glac_name" showLabel="1" index="12"/>
      <attributeEditorField name="o1region" showLabel="1" index="1"/>
      <attributeEditorField name="o2region" showLabel="1" index="2"/>
      <attributeEditorField name="region_src" showLabel="1" index="39"/>
      <attributeEditorField name="primeclass" showLabel="1" index="8"/>
      <attributeEditorField name="term_type" showLabel="1" index="11"/>
      <attributeEditorField name="surge_type" showLabel="1" index="10"/>
      <attributeEditorField name="conn_lvl" showLabel="1" index="9"/>
      <attributeEditorField name="divides" showLabel="1" index="42"/>
      <attributeEditorField name="parent_id" showLabel="1" index="43"/>
      <attributeEditorField name="ice_cap" showLabel="1" index="44"/>
    </attributeEditorContainer>
    <attributeEditorContainer groupBox="0" visibilityExpressionEnabled="0" name="Area and confidence" visibilityExpression="" showLabel="1" columnCount="1">
      <attributeEditorField name="area_km2" showLabel="1" index="7"/>
      <attributeEditorField name="area_lo_km2" showLabel="1" index="31"/>
      <attributeEditorField name="area_hi_km2" showLabel="1" index="32"/>
      <attributeEditorField name="area_sigma_km2" showLabel="1" index="37"/>
      <attributeEditorField name="area_unc" showLabel="1" index="38"/>
      <attributeEditorField name="conf_mean" showLabel="1" index="29"/>
      <attributeEditorField name="unc_area_km2" showLabel="1" index="30"/>
    </attributeEditorContainer>
    <attributeEditorContainer groupBox="0" visibilityExpressionEnabled="0" name="Terrain" visibilityExpression="" showLabel="1" columnCount="1">
      <attributeEditorField name="attr_state" showLabel="1" index="41"/>
      <attributeEditorField name="zmin_m" showLabel="1" index="15"/>
      <attributeEditorField name="zmax_m" showLabel="1" index="16"/>
      <attributeEditorField name="zmed_m" showLabel="1" index="17"/>
      <attributeEditorField name="zmean_m" showLabel="1" index="18"/>
      <attributeEditorField name="slope_deg" showLabel="1" index="19"/>
      <attributeEditorField name="aspect_deg" showLabel="1" index="20"/>
      <attributeEditorField name="aspect_sec" showLabel="1" index="21"/>
      <attributeEditorField name="lmax_m" showLabel="1" index="23"/>
      <attributeEditorField name="termlon" showLabel="1" index="13"/>
      <attributeEditorField name="termlat" showLabel="1" index="14"/>
      <attributeEditorField name="cenlon" showLabel="1" index="4"/>
      <attributeEditorField name="cenlat" showLabel="1" index="5"/>
      <attributeEditorField name="utm_zone" showLabel="1" index="6"/>
      <attributeEditorField name="dem_source" showLabel="1" index="22"/>
    </attributeEditorContainer>
    <attributeEditorContainer groupBox="0" visibilityExpressionEnabled="0" name="Source" visibilityExpression="" showLabel="1" columnCount="1">
      <attributeEditorField name="src_id" showLabel="1" index="24"/>
      <attributeEditorField name="src_date" showLabel="1" index="3"/>
      <attributeEditorField name="sensor" showLabel="1" index="25"/>
      <attributeEditorField name="method" showLabel="1" index="27"/>
      <attributeEditorField name="model" showLabel="1" index="28"/>
    </attributeEditorContainer>
    <attributeEditorContainer groupBox="0" visibilityExpressionEnabled="0" name="Review" visibilityExpression="" showLabel="1" columnCount="1">
      <attributeEditorField name="status" showLabel="1" index="33"/>
      <attributeEditorField name="reason" showLabel="1" index="34"/>
      <attributeEditorField name="note" showLabel="1" index="35"/>
      <attributeEditorField name="analyst" showLabel="1" index="26"/>
      <attributeEditorField name="checked_by" showLabel="1" index="45"/>
      <attributeEditorField name="edited_at" showLabel="1" index="36"/>
    </attributeEditorContainer>
  </attributeEditorForm>
  <editable>
    <field editable="1" name="analyst"/>
    <field editable="0" name="area_hi_km2"/>
    <field editable="0" name="area_km2"/>
    <field editable="0" name="area_lo_km2"/>
    <field editable="0" name="area_sigma_km2"/>
    <field editable="0" name="area_unc"/>
    <field editable="0" name="aspect_deg"/>
    <field editable="0" name="aspect_sec"/>
    <field editable="0" name="attr_key"/>
    <field editable="0" name="attr_state"/>
    <field editable="0" name="cenlat"/>
    <field editable="0" name="cenlon"/>
    <field editable="1" name="checked_by"/>
    <field editable="0" name="conf_mean"/>
    <field editable="1" name="conn_lvl"/>
    <field editable="0" name="dem_source"/>
    <field editable="0" name="divides"/>
    <field editable="0" name="edited_at"/>
    <field editable="1" name="glac_name"/>
    <field editable="0" name="ice_cap"/>
    <field editable="0" name="im_id"/>
    <field editable="0" name="lmax_m"/>
    <field editable="0" name="method"/>
    <field editable="0" name="model"/>
    <field editable="1" name="note"/>
    <field editable="1" name="o1region"/>
    <field editable="1" name="o2region"/>
    <field editable="0" name="parent_id"/>
    <field editable="1" name="primeclass"/>
    <field editable="1" name="reason"/>
    <field editable="0" name="region_src"/>
    <field editable="1" name="sensor"/>
    <field editable="0" name="slope_deg"/>
    <field editable="1" name="src_date"/>
    <field editable="1" name="src_id"/>
    <field editable="1" name="status"/>
    <field editable="1" name="surge_type"/>
    <field editable="1" name="term_type"/>
    <field editable="0" name="termlat"/>
    <field editable="0" name="termlon"/>
    <field editable="0" name="unc_area_km2"/>
    <field editable="0" name="utm_zone"/>
    <field editable="0" name="zmax_m"/>
    <field editable="0" name="zmean_m"/>
    <field editable="0" name="zmed_m"/>
    <field editable="0" name="zmin_m"/>
  </editable>
  <labelOnTop/>
  <reuseLastValue/>
  <dataDefinedFieldProperties/>
  <widgets/>
  <layerGeometryType>2</layerGeometryType>
</qgis>
